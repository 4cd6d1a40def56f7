"""fabricate: from a selfie or a sentence to a printable figure and the card it hangs on."""
