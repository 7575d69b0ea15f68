"""The pages of patients: a link from a text, a launch from MyChart, and what goes wrong."""
