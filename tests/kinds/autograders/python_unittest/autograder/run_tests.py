import json
import unittest

from scorebook import ScoringResult

if __name__ == "__main__":
    tests = unittest.defaultTestLoader.discover("tests")
    result = ScoringResult()
    tests.run(result)
    with open("/autograder/submission_metadata.json") as file:
        metadata = json.load(file)
    with open("/autograder/results/results.json", "w") as file:
        json.dump(result.report(attempts=len(metadata["previous_submissions"]) + 1), file, indent=2)
