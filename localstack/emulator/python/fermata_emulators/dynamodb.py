"""LocalStack's DynamoDB on moto, instead of DynamoDB Local, which needs Java."""

import threading

from localstack.aws.api import RequestContext
from localstack.aws.api.dynamodb import DynamodbApi
from localstack.aws.forwarder import ForwardingFallbackDispatcher
from localstack.services.moto import call_moto
from localstack.services.plugins import Service, aws_provider

# moto looks at a condition and writes in two steps, and LocalStack serves every request in a thread of its
# own. DynamoDB promises that nothing comes between the two.
_ONE_AT_A_TIME = threading.Lock()


class OnMoto(DynamodbApi):
    """Implements no operation, so that each falls through to moto."""


def _call(context: RequestContext, _request):
    with _ONE_AT_A_TIME:
        return call_moto(context)


@aws_provider(api="dynamodb", name="fermata")
def dynamodb():
    """Chosen by `PROVIDER_OVERRIDE_DYNAMODB=fermata`."""
    return Service.for_provider(
        OnMoto(), dispatch_table_factory=lambda provider: ForwardingFallbackDispatcher(provider, _call)
    )
