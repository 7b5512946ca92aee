{#- A day as a number: 20261123. -#}
{% macro date_key(day) -%}
  CAST(extract(YEAR FROM {{ day }}) * 10000 + extract(MONTH FROM {{ day }}) * 100 + extract(DAY FROM {{ day }}) AS BIGINT)
{%- endmacro %}
