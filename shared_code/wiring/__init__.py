"""The composition root: settings → ports over the SDKs → stories, each made once per worker."""
