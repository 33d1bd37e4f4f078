"""Pictures before and after the model: taken in, sized, masked, laid out, marked and encoded. Imports no torch."""
