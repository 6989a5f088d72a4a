"""What pages read of a release: measures, labels, texts, findings, status of plans."""
