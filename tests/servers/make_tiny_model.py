"""Make a tiny model for `transformers serve`, from nothing: no weights and no words of others.

`random` has random weights. `chain` has weights written by hand: each token is followed by one
other, whatever came before, so it calls `write_file` once and then says that it is done.
Run by the interpreter that has transformers and torch:

    python make_tiny_model.py random|chain FOLDER
"""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch  # type: ignore[import-not-found]
from tokenizers import (  # type: ignore[import-not-found]
    AddedToken,
    Tokenizer,
    decoders,
    models,
    pre_tokenizers,
    trainers,
)
from transformers import (  # type: ignore[import-not-found]
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
)

WIDTH = 64
QUESTION = (
    "Should get_user be made faster by reading in parallel, or by a cache in memory? "
    "How old may a cached record be?"
)
CALL = json.dumps({"name": "write_file", "arguments": {"path": "CLARIFY.md", "content": QUESTION}})
CLOSING = "I wrote CLARIFY.md."
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
CHAINS = (
    ("\n", "<tool_call>", CALL, "</tool_call>", "<|im_end|>"),
    ("<after-tool>", CLOSING, "<|im_end|>"),
)
TEMPLATE = """\
{%- if tools %}<|im_start|>system
{{ tools | tojson }}<|im_end|>
{% endif %}
{%- for message in messages %}<|im_start|>{{ message.role }}
{% if message.content is string %}{{ message.content }}{% endif %}
{%- for call in message.tool_calls or [] %}<tool_call>{{ call.function | tojson }}</tool_call>
{%- endfor %}<|im_end|>
{% endfor %}
{%- if add_generation_prompt %}<|im_start|>assistant
{% if messages[-1].role == "tool" %}<after-tool>{% endif %}{% endif %}"""


def make_tokenizer() -> Any:
    """Train a byte-level tokenizer on two lines; each link of a chain is one token of it."""
    bytes_alone = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = bytes_alone
    trained.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=list(SPECIAL),
        initial_alphabet=bytes_alone.alphabet(),
        show_progress=False,
    )
    trained.train_from_iterator(["a file is read", "and another one is written"], trainer)
    links = {link for chain in CHAINS for link in chain[:-1]}
    trained.add_tokens([AddedToken(link, normalized=False) for link in sorted(links)])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=trained, eos_token="<|im_end|>", pad_token="<|endoftext|>"
    )
    tokenizer.chat_template = TEMPLATE
    return tokenizer


def make_model(tokenizer: Any) -> Any:
    """Build a Qwen2 of two layers with random weights."""
    torch.manual_seed(7)
    return Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=len(tokenizer),
            hidden_size=WIDTH,
            intermediate_size=WIDTH,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=32768,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
            tie_word_embeddings=False,
        )
    )


def write_chains(model: Any, tokenizer: Any) -> None:
    """Silence the layers, and let the head answer each link with the next one."""
    with torch.no_grad():
        for layer in model.model.layers:
            layer.self_attn.o_proj.weight.zero_()
            layer.mlp.down_proj.weight.zero_()
        inward, outward = model.model.embed_tokens.weight, model.lm_head.weight
        inward.copy_(torch.nn.functional.normalize(torch.randn_like(inward), dim=1))
        outward.zero_()
        for chain in CHAINS:
            tokens = [tokenizer.convert_tokens_to_ids(link) for link in chain]
            for token, following in pairwise(tokens):
                outward[following] += inward[token]


def main() -> None:
    """Make the model that is named and save it with its tokenizer."""
    kind, folder = sys.argv[1], Path(sys.argv[2])
    tokenizer = make_tokenizer()
    model = make_model(tokenizer)
    if kind == "chain":
        write_chains(model, tokenizer)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


if __name__ == "__main__":
    main()
