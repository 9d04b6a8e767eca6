"""The register of complaints (令2020/3 art. 26–28, 36): one row a case, for the archive and for whoever asks."""
