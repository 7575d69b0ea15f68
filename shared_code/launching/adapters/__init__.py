"""Tables of launching, and Epic over SMART on FHIR."""
