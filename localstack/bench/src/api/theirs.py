"""The API's two routes as one would write them for Lambda in Python, with Starlette, Mangum and boto3.

They make the calls that Fermata's API makes and give the same answers: a row by its id; and a page of a genre from the
index, whose rows are read at once, each compared with its entry, with a signed cursor for the next page. Answers have
an ETag and each is logged. The endpoints are coroutines that block, because an execution serves one request at a time:
in Starlette's pool of threads they would cost more.
"""

import base64
import hashlib
import hmac
import http.client
import json
import os
import time
import unicodedata
from datetime import datetime, timezone

import boto3
from botocore.config import Config
from mangum import Mangum
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

ARTISTS = os.environ["FERMATA_ARTISTS_TABLE"]
INDEX = os.environ["FERMATA_SEARCH_TABLE"]
SHELF = "genres-by-popularity"
KEY = hashlib.sha256(os.environ["FERMATA_CURSOR_KEY"].encode()).digest()
PARTS = ("popularity", "followers", "genres")

dynamodb = boto3.client("dynamodb", config=Config(retries={"mode": "standard", "max_attempts": 4}))


async def artist(request):
    """One artist."""
    id = request.path_params["id"]
    if request.query_params or len(id) != 22 or not id.isalnum():
        return problem(400, "the id or the query is malformed")
    item = dynamodb.get_item(TableName=ARTISTS, Key={"id": {"S": id}}).get("Item")
    if not item or int(item["expires_at"]["N"]) <= time.time():
        return problem(404, f"no run has seen the artist {id} lately")
    return answer(request, shown(item))


async def artists(request):
    """A page of a genre, the most popular first."""
    query = request.query_params
    genre, cursor = query.get("genre"), query.get("cursor")
    limit = int(query.get("limit", 20))
    if not genre or not 1 <= limit <= 100 or query.keys() - {"genre", "limit", "cursor"}:
        return problem(400, "the query is malformed")
    genre = fold(genre)
    after = opened(genre, cursor) if cursor else None
    start = {"ExclusiveStartKey": {"shelf": {"S": SHELF}, "place": {"S": after}}} if after else {}
    page = dynamodb.query(
        TableName=INDEX,
        KeyConditionExpression="shelf = :shelf AND place BETWEEN :from AND :to",
        ExpressionAttributeValues={
            ":shelf": {"S": SHELF},
            ":from": {"S": f"{genre}\t"},
            ":to": {"S": f"{genre}\n"},
        },
        ProjectionExpression="place",
        Limit=limit + 1,
        **start,
    )
    places = [item["place"]["S"] for item in page["Items"]]
    has_more, places = len(places) > limit, places[:limit]
    rows = read([place.rsplit("\t", 1)[1] for place in places])
    found = [rows[id] for place in places if (id := place.rsplit("\t", 1)[1]) in rows and place in entries(rows[id])]
    body = {"artists": [shown(item) for item in found], "next": signed(genre, places[-1]) if has_more else None}
    return answer(request, body)


def read(ids):
    """The rows with these ids that have not expired."""
    rows, left = {}, {ARTISTS: {"Keys": [{"id": {"S": id}} for id in set(ids)]}} if ids else {}
    while left:
        page = dynamodb.batch_get_item(RequestItems=left)
        rows.update((item["id"]["S"], item) for item in page["Responses"][ARTISTS])
        left = page["UnprocessedKeys"]
    now = time.time()
    return {id: item for id, item in rows.items() if int(item["expires_at"]["N"]) > now}


def entries(item):
    """The places of a row on the shelf."""
    popularity = number(item, "popularity")
    rank = "999" if popularity is None else f"{100 - popularity:03}"
    return {f"{fold(genre)}\t{rank}\t{item['id']['S']}" for genre in genres(item) or []}


def fold(text):
    """Lower case, without accents."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)
    plain = "".join(c for c in decomposed if not "\u0300" <= c <= "\u036f")
    return unicodedata.normalize("NFC", plain.lower())


def number(item, name):
    value = item.get(name, {}).get("N")
    return None if value is None else int(value)


def genres(item):
    values = item.get("genres", {}).get("L")
    return None if values is None else [value["S"] for value in values]


def shown(item):
    """A row as the API shows it."""
    parts = {"popularity": number(item, "popularity"), "followers": number(item, "followers"), "genres": genres(item)}
    id = item["id"]["S"]
    return {
        "id": id,
        "name": item["name"]["S"],
        **parts,
        "not_provided": [name for name in PARTS if parts[name] is None],
        "spotify_url": f"https://open.spotify.com/artist/{id}",
        "first_seen": moment(item["first_seen"]["S"]),
        "last_seen": moment(item["last_seen"]["S"]),
        "found_by": item["found_by"]["S"],
        "found_in": item["found_in"]["S"],
        "last_run": item["last_run"]["S"],
        "expires_at": datetime.fromtimestamp(int(item["expires_at"]["N"]), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def moment(text):
    """Rows have three decimals, so that they sort; the API shows those that say something."""
    whole, decimals = text[:-1].split(".")
    decimals = decimals.rstrip("0")
    return f"{whole}.{decimals}Z" if decimals else f"{whole}Z"


def mac(genre, place):
    return hmac.digest(KEY, f"{genre}\0{place}".encode(), "sha256")[:16]


def signed(genre, place):
    return base64.urlsafe_b64encode(mac(genre, place) + place.encode()).rstrip(b"=").decode()


def opened(genre, cursor):
    data = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    place = data[16:].decode()
    if not hmac.compare_digest(data[:16], mac(genre, place)):
        raise ValueError("not a cursor of this list")
    return place


def answer(request, body):
    """JSON, or 304 if the caller has it."""
    body = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    tag = base64.urlsafe_b64encode(hashlib.sha256(body).digest()[:12]).decode()
    headers = {"etag": f'W/"{tag}"', "cache-control": "private, no-cache"}
    known = request.headers.get("if-none-match", "")
    is_known = tag in known
    log(request, 304 if is_known else 200)
    if is_known:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def problem(status, detail):
    body = json.dumps({"status": status, "detail": detail})
    return Response(body, status_code=status, media_type="application/problem+json")


def log(request, status):
    path = request.url.path[:100]
    print(json.dumps({"level": "INFO", "message": "answered", "method": request.method, "path": path, "status": status}))


routes = [Route("/v1/artists/{id}", artist), Route("/v1/artists", artists)]
handler = Mangum(Starlette(routes=routes), lifespan="off")


def main():
    """Lambda's runtime loop, with the library that costs least."""
    runtime = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    invocations = "/2018-06-01/runtime/invocation"
    while True:
        runtime.request("GET", f"{invocations}/next")
        invocation = runtime.getresponse()
        event, id = json.loads(invocation.read()), invocation.headers["Lambda-Runtime-Aws-Request-Id"]
        runtime.request("POST", f"{invocations}/{id}/response", json.dumps(handler(event, None)))
        runtime.getresponse().read()


main()
