{#- A number that is there lies between these bounds, both included. -#}
{% test accepted_range(model, column_name, least, most) %}
SELECT {{ column_name }}
FROM {{ model }}
WHERE {{ column_name }} < {{ least }} OR {{ column_name }} > {{ most }}
{% endtest %}
