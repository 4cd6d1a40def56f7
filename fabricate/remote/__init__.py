"""Other programs' servers, spoken to in their own protocols: time-outs, retries, cancel, plain errors."""
