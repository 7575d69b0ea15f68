"""`make bench`: ratios taken side by side in one run, never thresholds. Nothing here is a test."""
