"""Microsoft Graph's online meetings: what the product asks of them, with Graph's own rules."""
