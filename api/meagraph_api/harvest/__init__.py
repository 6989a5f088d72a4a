"""What harvesters read: dumps, changes, dataset description, citations, InforMEA."""
