"""The questions and reasons judges know, in the order that files and read-outs have them.

Their other half is `src/records/verdict.ts` and `src/records/reasons.ts`; `test/contract/judge.arrow` holds both to it.
"""

QUESTIONS = ["outcome", "process", "clarity", "potential", "reflection"]
FAULTS = ["missing", "too few", "too many", "wrong color", "wrong place"]
REASONS = [f"{subject} {fault}" for subject in ("first", "second") for fault in FAULTS]
NOT_ASKED = 255
"""In a list of answers by question: neither yes (1) nor no (0)."""
