"""
`make bench`: ratios measured side by side in one run, without thresholds. Nothing here is a test.
"""
