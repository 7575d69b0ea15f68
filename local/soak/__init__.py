"""
`make soak`: thousands of messages, duplicates, reordering, kill -9 and faults; then an account.

Judged by the patients' phones, the SMS service's records and the operators' `history`, never by our
own tables.
"""
