"""
`make soak`: thousands of messages, duplicates, disorder, kill -9 and faults; then an account.

Judged by the patients' phones, by the SMS service's memory and by what an operator's `history`
says; never by tables of ours.
"""
