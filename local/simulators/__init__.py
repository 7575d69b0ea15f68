"""
The outside world on one machine: ACS, Key Vault, managed identity, Epic, a patient's phone.

The product is judged by it, so nothing here imports the product.
"""
