"""Which indexes a workload is worth: candidates, their sizes, the choice among them."""
