"""What pages and commands ask of models before any study: where one lies, what it costs, what it is, its tokens and rows."""

from hypviz.bundled import BUNDLED_SOURCE
from hypviz.models import available_memory, encode_prompts, estimate, read_embeddings, read_token_table, resolve, show_size, summarise
from hypviz.models.checkpoint.bare_matrix import is_bare_matrix, read_bare_matrix
from hypviz.models.checkpoint.contents import contents_sentences, what_works
from hypviz.models.live.architecture import no_answers, reads_text
from hypviz.models.live.libraries import transformers_library
from hypviz.models.source.hub_errors import HubUnreachable, how_asked
from hypviz.models.source.parsing import VOCABULARY, parse_source, shortened
from hypviz.models.tokenizer.special_tokens import template_notice
from hypviz.models.tokenizer.tokens import encode_plain

__all__ = [
    "BUNDLED_SOURCE",
    "VOCABULARY",
    "HubUnreachable",
    "available_memory",
    "contents_sentences",
    "encode_plain",
    "encode_prompts",
    "estimate",
    "how_asked",
    "is_bare_matrix",
    "no_answers",
    "parse_source",
    "read_bare_matrix",
    "read_embeddings",
    "read_token_table",
    "reads_text",
    "resolve",
    "shortened",
    "show_size",
    "summarise",
    "template_notice",
    "transformers_library",
    "what_works",
]
