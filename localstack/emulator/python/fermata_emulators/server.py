"""LocalStack's web server, for its owner's programs only."""

from localstack import config
from localstack.runtime.server.core import RuntimeServer, RuntimeServerPlugin
from localstack.runtime.server.twisted import TwistedRuntimeServer
from rolo import Request, Response
from rolo.gateway import Gateway
from rolo.serving.twisted import TwistedGateway
from twisted.internet import endpoints, reactor

from fermata_emulators.guard import Guard, Received


class Plugin(RuntimeServerPlugin):
    """Chosen by `GATEWAY_SERVER=fermata`."""

    name = "fermata"

    def load(self, *_args, **_kwargs) -> RuntimeServer:
        return Server()


class Server(TwistedRuntimeServer):
    """Listens on the addresses that it is given. LocalStack 4.12 takes only the port of an IPv4 address from
    `GATEWAY_LISTEN`, and so listens on every network."""

    def register(self, gateway: Gateway, listen: list[config.HostAndPort], ssl_creds=None) -> None:
        for address in listen:
            guarded = Guarded(gateway, Guard.from_environment(address.port))
            endpoint = endpoints.TCP4ServerEndpoint(reactor, address.port, interface=address.host)
            endpoint.listen(TwistedGateway(guarded))


class Guarded:
    """A gateway that only serves what the guard lets pass. Services call each other without coming by here."""

    def __init__(self, gateway: Gateway, guard: Guard):
        self._gateway = gateway
        self._guard = guard

    def process(self, request: Request, response: Response) -> None:
        refusal = self._guard.refusal(_received(request))
        if refusal is None:
            self._gateway.process(request, response)
        else:
            response.status_code = refusal.status
            response.headers.update(refusal.headers)
            response.set_data(refusal.body)

    def accept(self, request) -> None:
        """Nothing here speaks WebSocket, and a page may open one to any address."""
        request.reject(Response(status=403))


def _received(request: Request) -> Received:
    headers = [(name.lower(), value) for name, value in request.headers.items()]
    return Received(request.method, request.environ["RAW_URI"], headers, request.get_data(cache=True))
