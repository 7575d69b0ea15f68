"""Everything that is HTML: today the page of a patient's link."""
