"""What several rooms of tests share. Nothing here is deployed, nothing here asserts."""
