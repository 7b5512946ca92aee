{#-
  The surrogate key of a natural key: the first 63 bits of its MD5, which is the same in every load, on every
  engine and for ever. Of ten million keys, two are equal once in some hundred thousand collections of this size.
-#}
{% macro surrogate_key(expression) -%}
  {{ return(adapter.dispatch('surrogate_key', 'fermata')(expression)) }}
{%- endmacro %}

{% macro duckdb__surrogate_key(expression) -%}
  CAST(CAST('0x' || substr(md5(CAST({{ expression }} AS VARCHAR)), 1, 16) AS UBIGINT) >> 1 AS BIGINT)
{%- endmacro %}

{% macro default__surrogate_key(expression) -%}
  bitwise_right_shift(from_big_endian_64(substr(md5(to_utf8(CAST({{ expression }} AS VARCHAR))), 1, 8)), 1)
{%- endmacro %}
