"""Every small data set of this folder, by what it is."""

from tests.data.kinds import test_classes, test_documents, test_paths, test_shards, test_splits, test_texts, test_trees

CASES = {
    name: made
    for module in (test_classes, test_documents, test_paths, test_shards, test_splits, test_texts, test_trees)
    for name, made in module.case.items()
}
