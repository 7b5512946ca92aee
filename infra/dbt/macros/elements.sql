{#- One row for each element of two lists of the same length, with its place from 1. -#}
{% macro elements(relation, id, first, second) -%}
  {{ return(adapter.dispatch('elements', 'fermata')(relation, id, first, second)) }}
{%- endmacro %}

{% macro duckdb__elements(relation, id, first, second) -%}
  SELECT load_date, {{ id }},
    unnest({{ first }}) AS first_element,
    unnest({{ second }}) AS second_element,
    unnest(range(1, len({{ first }}) + 1)) AS place
  FROM {{ relation }}
{%- endmacro %}

{% macro default__elements(relation, id, first, second) -%}
  SELECT load_date, {{ id }}, first_element, second_element, place
  FROM {{ relation }}
  CROSS JOIN UNNEST({{ first }}, {{ second }}) WITH ORDINALITY AS element (first_element, second_element, place)
{%- endmacro %}
