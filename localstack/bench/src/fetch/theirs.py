"""The fetcher as one would write it for Lambda in Python, with boto3 and httpx.

It makes the calls that Fermata's fetcher makes: for a batch of messages it reads the state of the run, takes permits,
notes what the batch has yielded and fills the queue again; for a term it reads the term, puts its follow-ups and ends
it; for a page of artists it asks Spotify, reads the rows that are known, and writes in batches: puts of new rows, and
statements with a condition for known ones. It is spared the plan: which searches there are, and which one leads to which, it gets
from a run of Fermata.

Its own items are written by hand in DynamoDB's form, which costs less than boto3's resources and serialisers.
"""

import json
import os
import time
from datetime import datetime, timezone

import boto3
import httpx
from botocore.config import Config

ARTISTS = os.environ["FERMATA_ARTISTS_TABLE"]
TERMS = os.environ["FERMATA_TERMS_TABLE"]
CONTROL = os.environ["FERMATA_CONTROL_TABLE"]
QUEUE = os.environ["FERMATA_QUEUE_URL"]
API = os.environ["FERMATA_SPOTIFY_API_URL"]
RETENTION_S = 90 * 86400
PAGE = 50
WINDOW = 40
PERMITS = 10

CONFIG = Config(retries={"mode": "standard", "max_attempts": 4})
dynamodb = boto3.client("dynamodb", config=CONFIG)
sqs = boto3.client("sqs", config=CONFIG)


def spotify_client():
    """A client with a token for the app whose credentials are in the secret."""
    secrets = boto3.client("secretsmanager", config=CONFIG)
    secret = json.loads(secrets.get_secret_value(SecretId=os.environ["FERMATA_SPOTIFY_SECRET"])["SecretString"])
    client = httpx.Client(base_url=API, timeout=10, trust_env=False)
    answer = client.post(
        os.environ["FERMATA_SPOTIFY_TOKEN_URL"],
        data={"grant_type": "client_credentials"},
        auth=(secret["client_id"], secret["client_secret"]),
    )
    answer.raise_for_status()
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return client


spotify = spotify_client()
searches = {}
permits = 0


def handler(event, _context):
    """Works a batch of messages, or opens a run."""
    if event.get("job") == "collect":
        return collect(event["run"], event["searches"])
    failures, run, found = [], None, 0
    overview()
    for record in event["Records"]:
        try:
            message = json.loads(record["body"])
            run = message["run"]
            found += work(run, message["key"], message["generation"])
        except Exception as error:
            print(json.dumps({"level": "ERROR", "message": repr(error), "id": record["messageId"]}))
            failures.append({"itemIdentifier": record["messageId"]})
    if run:
        note_yields(run, found)
        dispatch(run)
    return {"batchItemFailures": failures}


def collect(run, path):
    """Opens a run with its first terms."""
    with open(path, encoding="utf-8") as file:
        plan = json.load(file)
    searches.clear()
    searches.update(plan["terms"])
    for key in plan["roots"]:
        put_term(run, key)
    dispatch(run)


def overview():
    """The state of the run and the pace."""
    keys = [{"id": {"S": id}} for id in ("current", "capability", "pace", "endpoints", "yields", "expiring")]
    answer = dynamodb.batch_get_item(RequestItems={CONTROL: {"Keys": keys, "ConsistentRead": True}})
    return answer["Responses"][CONTROL]


def take_permit():
    """Leases ten permits at a time."""
    global permits
    if permits == 0:
        item = dynamodb.get_item(TableName=CONTROL, Key={"id": {"S": "pace"}}, ConsistentRead=True).get("Item")
        version = int(item["version"]["N"]) if item else 0
        dynamodb.put_item(
            TableName=CONTROL,
            Item={"id": {"S": "pace"}, "version": {"N": str(version + 1)}, "at": {"S": now()}},
            ConditionExpression="attribute_not_exists(id) OR #version = :read",
            ExpressionAttributeNames={"#version": "version"},
            ExpressionAttributeValues={":read": {"N": str(version)}},
        )
        permits = PERMITS
    permits -= 1


def note_yields(run, found):
    dynamodb.update_item(
        TableName=CONTROL,
        Key={"id": {"S": "yields"}},
        UpdateExpression="SET #run = :run ADD #found :found",
        ExpressionAttributeNames={"#run": "run", "#found": "found"},
        ExpressionAttributeValues={":run": {"S": run}, ":found": {"N": str(found)}},
    )


def work(run, key, generation):
    """Asks all pages of a term. Returns how many new artists they had."""
    term = {"run": {"S": run}, "key": {"S": key}}
    item = dynamodb.get_item(TableName=TERMS, Key=term, ConsistentRead=True).get("Item")
    if not item or item["state"]["S"] != "sent" or int(item["generation"]["N"]) != generation:
        return 0
    search, new = searches[key], 0
    for page in range(search["pages"]):
        take_permit()
        new += upsert(ask(search["query"], page * PAGE), run, key)
    for follow_up in search["follow_ups"]:
        put_term(run, follow_up)
    dynamodb.update_item(
        TableName=TERMS,
        Key=term,
        UpdateExpression="SET #state = :done, #requests = :pages, #found = :new REMOVE #lane, #rank",
        ConditionExpression="generation = :generation AND #state = :sent",
        ExpressionAttributeNames={
            "#state": "state",
            "#requests": "requests",
            "#found": "found",
            "#lane": "lane",
            "#rank": "rank",
        },
        ExpressionAttributeValues={
            ":done": {"S": "done"},
            ":sent": {"S": "sent"},
            ":generation": {"N": str(generation)},
            ":pages": {"N": str(search["pages"])},
            ":new": {"N": str(new)},
        },
    )
    print(json.dumps({"level": "INFO", "message": "finished", "run": run, "term": key}))
    return new


def ask(query, offset):
    """One page of artists."""
    answer = spotify.get("search", params={"q": query, "type": "artist", "limit": PAGE, "offset": offset})
    answer.raise_for_status()
    return answer.json()["artists"]["items"]


def upsert(found, run, term):
    """Writes the artists of a page; returns how many were new."""
    artists = {artist["id"]: artist for artist in found if artist}
    if not artists:
        return 0
    known, at = read(list(artists)), now()
    new = [row(artist, run, term, at) for id, artist in artists.items() if id not in known]
    for chunk in chunks(new, 25):
        left = {ARTISTS: [{"PutRequest": {"Item": item}} for item in chunk]}
        while left:
            left = dynamodb.batch_write_item(RequestItems=left)["UnprocessedItems"]
    changed = []
    for id, item in known.items():
        again = row(artists[id], run, term, at, item)
        if item["last_run"]["S"] != run or any(again[field] != item.get(field) for field in CONTENT):
            changed.append(statement(again, item["last_seen"]))
    for chunk in chunks(changed, 25):
        for answer in dynamodb.batch_execute_statement(Statements=chunk)["Responses"]:
            if "Error" in answer:
                raise RuntimeError(answer["Error"]["Code"])
    return len(new)


CONTENT = ("name", "popularity", "followers", "genres")


def statement(row, read):
    """Replaces a row unless somebody has written it since it was read."""
    fields = [field for field in row if field != "id"]
    sets = " ".join(f'SET "{field}"=?' for field in fields)
    return {
        "Statement": f'UPDATE "{ARTISTS}" {sets} WHERE "id"=? AND "last_seen"=?',
        "Parameters": [row[field] for field in fields] + [row["id"], read],
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def read(ids):
    """The known rows with these ids."""
    items, left = {}, {ARTISTS: {"Keys": [{"id": {"S": id}} for id in ids], "ConsistentRead": True}}
    while left:
        answer = dynamodb.batch_get_item(RequestItems=left)
        items.update((item["id"]["S"], item) for item in answer["Responses"][ARTISTS])
        left = answer["UnprocessedKeys"]
    return items


def row(artist, run, term, at, known=None):
    """An artist as it is stored, after the sighting in `run`."""
    known = known or {"found_by": {"S": term}, "found_in": {"S": run}, "first_seen": {"S": at}}
    return {
        "id": {"S": artist["id"]},
        "name": {"S": artist["name"]},
        "popularity": {"N": str(artist["popularity"])},
        "followers": {"N": str(artist["followers"]["total"])},
        "genres": {"L": [{"S": genre} for genre in artist["genres"]]},
        "found_by": known["found_by"],
        "found_in": known["found_in"],
        "first_seen": known["first_seen"],
        "last_seen": {"S": at},
        "last_run": {"S": run},
        "sighted_by": {"S": term},
        "expires_at": {"N": str(int(time.time()) + RETENTION_S)},
    }


def put_term(run, key):
    """Puts a term into the frontier unless it is there."""
    lane = f"{run}#ready#search"
    try:
        dynamodb.put_item(
            TableName=TERMS,
            Item={
                "run": {"S": run},
                "key": {"S": key},
                "state": {"S": "ready"},
                "lane": {"S": lane},
                "ready_lane": {"S": lane},
                "rank": {"N": "1"},
                "generation": {"N": "0"},
            },
            ConditionExpression="attribute_not_exists(#key)",
            ExpressionAttributeNames={"#key": "key"},
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        pass


def lane(name, **options):
    return dynamodb.query(
        TableName=TERMS,
        IndexName="lanes",
        KeyConditionExpression="#lane = :lane",
        ExpressionAttributeNames={"#lane": "lane"},
        ExpressionAttributeValues={":lane": {"S": name}},
        **options,
    )


def dispatch(run):
    """Fills the queue from the frontier."""
    room = WINDOW - lane(f"{run}#sent", Select="COUNT", Limit=WINDOW)["Count"]
    if room <= 0:
        return
    ready = lane(f"{run}#ready#search", ScanIndexForward=False, Limit=room)["Items"]
    for chunk in chunks(ready, 10):
        entries = []
        for item in chunk:
            generation = send(run, item["key"])
            if generation is not None:
                body = json.dumps({"run": run, "key": item["key"]["S"], "generation": generation})
                entries.append({"Id": str(len(entries)), "MessageBody": body})
        if entries:
            sqs.send_message_batch(QueueUrl=QUEUE, Entries=entries)


def send(run, key):
    """Claims a term for its message. Returns its generation, or nothing if somebody else was faster."""
    try:
        answer = dynamodb.update_item(
            TableName=TERMS,
            Key={"run": {"S": run}, "key": key},
            UpdateExpression="SET #state = :sent, #lane = :lane, #rank = :until ADD generation :one",
            ConditionExpression="#state = :ready",
            ExpressionAttributeNames={"#state": "state", "#lane": "lane", "#rank": "rank"},
            ExpressionAttributeValues={
                ":ready": {"S": "ready"},
                ":sent": {"S": "sent"},
                ":lane": {"S": f"{run}#sent"},
                ":until": {"N": str(int(time.time() * 1000) + 360_000)},
                ":one": {"N": "1"},
            },
            ReturnValues="UPDATED_NEW",
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return None
    return int(answer["Attributes"]["generation"]["N"])


def chunks(items, size):
    return (items[start : start + size] for start in range(0, len(items), size))


def now():
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def main():
    """Lambda's runtime loop."""
    invocations = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"
    with httpx.Client(timeout=None, trust_env=False) as runtime:
        while True:
            invocation = runtime.get(f"{invocations}/next")
            answer = handler(invocation.json(), None)
            id = invocation.headers["Lambda-Runtime-Aws-Request-Id"]
            # `json=None` would send nothing.
            runtime.post(f"{invocations}/{id}/response", content=json.dumps(answer))


main()
