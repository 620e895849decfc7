"""A trigram model with backoff: what can be had without a network, to compare with.

It counts in a text which character follows which two. Where two characters are rare, it listens to
the model that knows only one of them, and so on down to equal chances for all characters.
"""

import math
from collections import Counter
from dataclasses import dataclass

ORDER = 3  # the character and the two before it


@dataclass(frozen=True)
class Trigram:
    """The counts of a text.

    Args:
        characters: the number of different characters.
        counts: how often each string of 1 to 3 characters occurs.
        contexts: how often each string of 0 to 2 characters is followed by another character.
        kinds: how many different characters follow it.
    """

    characters: int
    counts: Counter[str]
    contexts: Counter[str]
    kinds: Counter[str]

    def probability(self, context: str, character: str) -> float:
        """The probability of a character behind a context of at most two.

        p(c | ab) = (n(abc) + k(ab) p(c | b)) / (n(ab) + k(ab)) with the counts n and the number k
        of different characters seen behind the context.
        Source of the formula: Witten, Bell, "The zero-frequency problem" (1991),
        doi 10.1109/18.87000, method C.
        """
        shorter = self.probability(context[1:], character) if context else 1 / self.characters
        seen, kinds = self.contexts[context], self.kinds[context]
        if not seen:
            return shorter
        return (self.counts[context + character] + kinds * shorter) / (seen + kinds)


def count(text: str, characters: int) -> Trigram:
    """Count the strings of a text.

    Args:
        text: the text to learn from.
        characters: the number of different characters, those of other texts included.
    """
    counts = Counter(text[i : i + n] for n in range(1, ORDER + 1) for i in range(len(text) - n + 1))
    contexts: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for string, number in counts.items():
        contexts[string[:-1]] += number
        kinds[string[:-1]] += 1
    return Trigram(characters, counts, contexts, kinds)


def trigram_bits(model: Trigram, text: str, start: int) -> float:
    """How many bits a character of ``text[start:]`` costs on average.

    Args:
        model: from `count`.
        text: the text to read.
        start: the first place that counts; what is before it serves as context.
    """
    total = 0.0
    for i in range(start, len(text)):
        total -= math.log2(model.probability(text[max(0, i - ORDER + 1) : i], text[i]))
    return total / (len(text) - start)
