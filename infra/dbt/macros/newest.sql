{#-
  The rows of a table of the star schema over all loads: of each key, the rows of the last load that has it.
  The key of a fact contains the day of its load, so that of several snapshots of one day the last one counts.
-#}
{% macro newest(table, key, columns) -%}
SELECT {{ columns | join(', ') }}
FROM (
  SELECT *, rank() OVER (PARTITION BY {{ key }} ORDER BY dt DESC, snapshot DESC) AS age
  FROM {{ source('fermata', table) }}
) AS loads
WHERE age = 1
{%- endmacro %}
