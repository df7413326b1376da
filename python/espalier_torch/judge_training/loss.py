"""What a judge's answers cost: binary cross-entropy, and ranking within a prompt. Tensors only."""

import torch
import torch.nn.functional as F
from torch import Tensor

from espalier_torch.judge_training.questions_and_reasons import NOT_ASKED, QUESTIONS

RANKED = [question != "clarity" for question in QUESTIONS]
"""Clarity is about the step more than the image: late steps of one path are not ranked against another's early."""


def answer_loss(logits: Tensor, answers: Tensor) -> Tensor:
    """Binary cross-entropy over the questions that were asked, every question weighing the same.

    Args:
        logits: (B, Q) of "yes".
        answers: (B, Q) uint8, 0, 1 or NOT_ASKED.

    Returns:
        (), 0 when nothing was asked.
    """
    asked = answers != NOT_ASKED
    losses = F.binary_cross_entropy_with_logits(logits, answers.eq(1).float(), reduction="none") * asked
    counts = asked.sum(0)
    return (losses.sum(0) / counts.clamp(min=1)).sum() / counts.gt(0).sum().clamp(min=1)


def ranking_loss(logits: Tensor, answers: Tensor, prompts: Tensor) -> Tensor:
    """Bradley-Terry (1952) over all pairs of a yes and a no to one question about one prompt.

    Args:
        logits: (B, Q) of "yes".
        answers: (B, Q) uint8, 0, 1 or NOT_ASKED.
        prompts: (B,), the same number for the same prompt.

    Returns:
        (), mean of -log sigmoid(yes - no), 0 without pairs.
    """
    same = prompts.unsqueeze(1) == prompts.unsqueeze(0)
    ranked = torch.tensor(RANKED, device=logits.device)
    pairs = (answers.eq(1).unsqueeze(1) & answers.eq(0).unsqueeze(0) & same.unsqueeze(-1)) * ranked
    losses = F.softplus(logits.unsqueeze(0) - logits.unsqueeze(1)) * pairs
    return losses.sum() / pairs.sum().clamp(min=1)


def reason_loss(logits: Tensor, reasons: Tensor, answers: Tensor) -> Tensor:
    """Binary cross-entropy of every reason, where reflection was answered.

    Args:
        logits: (B, R) of each reason.
        reasons: (B, R) uint8 flags.
        answers: (B, Q) uint8, 0, 1 or NOT_ASKED.

    Returns:
        (), summed over reasons, mean over images; 0 without any.
    """
    asked = answers[:, QUESTIONS.index("reflection")] != NOT_ASKED
    losses = F.binary_cross_entropy_with_logits(logits, reasons.float(), reduction="none").sum(1)
    return (losses * asked).sum() / asked.sum().clamp(min=1)
