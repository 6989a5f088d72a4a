"""Data for harvesters: dumps, changes, description of the dataset, citations, InforMEA."""
