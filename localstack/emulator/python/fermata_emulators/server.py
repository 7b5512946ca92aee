"""LocalStack's web server on the addresses that it was given, and on those only."""

from localstack import config
from localstack.runtime.server.core import RuntimeServer, RuntimeServerPlugin
from localstack.runtime.server.twisted import TwistedRuntimeServer
from rolo.gateway import Gateway
from rolo.serving.twisted import TwistedGateway
from twisted.internet import endpoints, reactor


class Plugin(RuntimeServerPlugin):
    """Chosen by `GATEWAY_SERVER=fermata`."""

    name = "fermata"

    def load(self, *_args, **_kwargs) -> RuntimeServer:
        return Server()


class Server(TwistedRuntimeServer):
    """LocalStack 4.12 takes only the port of an IPv4 address from `GATEWAY_LISTEN`, and so listens on every network."""

    def register(self, gateway: Gateway, listen: list[config.HostAndPort], ssl_creds=None) -> None:
        for address in listen:
            endpoint = endpoints.TCP4ServerEndpoint(reactor, address.port, interface=address.host)
            endpoint.listen(TwistedGateway(gateway))
