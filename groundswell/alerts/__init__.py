"""What staff should know: detectors over counts. Pure: no clock, no database."""
