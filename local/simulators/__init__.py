"""The outside world on one machine: ACS, Key Vault, managed identity, Epic, a patient's phone.

An independent judge: nothing here imports the product.
"""
