import json
import sys

EXPECTED = {"How many sales": [[3]], "What pens brought in": [[5]]}
asked = json.load(open(sys.argv[1]))
tests = [
    {"name": name, "max_score": 2, "score": 2 if answer == expected else 0, "output": f"The answer was {answer}."}
    for (name, expected), answer in zip(EXPECTED.items(), asked["answers"] + [None] * 2)
]
output = f"asked by user {asked['asked_by']}"
json.dump({"tests": tests, "output": output}, open("/autograder/results/results.json", "w"))
