{#-
  The rows of a table over all loads: of each key, the rows of the last load that has it. Facts and bridges of a
  day have the day as their key, so that of several snapshots of one day only the last one counts.
-#}
{% macro newest(table, key, columns) -%}
SELECT {{ columns | join(', ') }}
FROM (
  SELECT *, {{ load_age(key) }} AS age
  FROM {{ source('fermata', table) }}
) AS loads
WHERE age = 1
{%- endmacro %}

{#-
  1 in the last load that has a key, 2 in the one before. Names of snapshots do not follow time; their sequence
  does. Snapshots that were made before there was one count as older.
-#}
{% macro load_age(key) -%}
rank() OVER (PARTITION BY {{ key }} ORDER BY dt DESC, sequence DESC NULLS LAST, snapshot DESC)
{%- endmacro %}
