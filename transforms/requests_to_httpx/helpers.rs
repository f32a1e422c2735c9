//! The private functions and classes that a rewrite may add to a module.

use crate::edit::Helper;

/// Proxies that are written for `requests` as the transports of a client.
pub(super) static PROXY_MOUNTS: Helper = Helper {
    name: "_proxy_mounts",
    source: "def _proxy_mounts(proxies, verify=True):
    \"\"\"Return the transports for proxies by scheme or host.\"\"\"
    return {
        key if \"://\" in key else f\"{key}://\": httpx.AsyncHTTPTransport(verify=verify, proxy=proxy)
        for key, proxy in (proxies or {}).items()
        if proxy and key != \"no_proxy\"
    }
",
    annotated: None,
};

/// What `requests` trusts for a value of `verify` that shows when the program runs.
pub(super) static VERIFY: Helper = Helper {
    name: "_verify",
    source: "def _verify(verify):
    \"\"\"Return whom to trust: everybody, the usual authorities, or those of a file or folder.\"\"\"
    if isinstance(verify, str):
        folder = os.path.isdir(verify)
        return ssl.create_default_context(**{\"capath\" if folder else \"cafile\": verify})
    return True if verify is None else verify
",
    annotated: None,
};

/// What `HTTPAdapter` of `requests` is told, as a transport.
pub(super) static TRANSPORT: Helper = Helper {
    name: "_transport",
    source: "def _transport(pool_connections=10, pool_maxsize=10, max_retries=0, pool_block=False, verify=True):
    \"\"\"Return a transport with a pool of connections.\"\"\"
    limits = httpx.Limits(
        max_connections=pool_maxsize if pool_block else None,
        max_keepalive_connections=pool_maxsize,
    )
    return httpx.AsyncHTTPTransport(verify=verify, retries=max_retries, limits=limits)
",
    annotated: None,
};

/// A transport that follows the rules of `urllib3.util.Retry`.
pub(super) static RETRY_TRANSPORT: Helper = Helper {
    name: "_RetryTransport",
    source: "class _RetryTransport(httpx.AsyncHTTPTransport):
    \"\"\"A transport that sends a request again after errors and some statuses.\"\"\"

    def __init__(self, total=10, backoff_factor=0, status_forcelist=(), verify=True):
        super().__init__(verify=verify)
        self._total = total
        self._backoff_factor = backoff_factor
        self._statuses = status_forcelist

    async def handle_async_request(self, request):
        idempotent = request.method in {\"DELETE\", \"GET\", \"HEAD\", \"OPTIONS\", \"PUT\", \"TRACE\"}
        failures = 0
        while True:
            wait = None
            try:
                response = await super().handle_async_request(request)
            except (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError) as error:
                never_sent = isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout))
                if failures >= self._total or not (idempotent or never_sent):
                    raise
            else:
                status, wait = response.status_code, response.headers.get(\"retry-after\")
                asked = wait is not None and status in {413, 429, 503} and failures < self._total
                if not idempotent or not (status in self._statuses or asked):
                    return response
                await response.aclose()
                if failures >= self._total:
                    raise httpx.TransportError(f\"too many {status} error responses\", request=request)
            failures += 1
            if wait is not None and wait.isdigit():
                await asyncio.sleep(int(wait))
            elif failures > 1:
                await asyncio.sleep(min(self._backoff_factor * 2 ** (failures - 1), 120))
",
    annotated: None,
};

/// Parameters of a request, added to its URL.
pub(super) static WITH_PARAMS: Helper = Helper {
    name: "_with_params",
    source: "def _with_params(url, params):
    \"\"\"Return the URL with the parameters added to its query.\"\"\"
    if isinstance(params, (str, bytes)):
        query = params if isinstance(params, str) else params.decode()
    else:
        pairs = []
        for name, values in params.items() if hasattr(params, \"items\") else params or ():
            is_one = isinstance(values, (str, bytes)) or not hasattr(values, \"__iter__\")
            several = [values] if is_one else values
            pairs += [(name, value) for value in several if value is not None]
        query = urllib.parse.urlencode(pairs)
    if not query:
        return url
    url, mark, fragment = url.partition(\"#\")
    return f\"{url}{'&' if '?' in url else '?'}{query}{mark}{fragment}\"
",
    annotated: None,
};

/// The body of a request whose type shows when the program runs.
pub(super) static BODY: Helper = Helper {
    name: "_body",
    source: "def _body(data=None, json=None):
    \"\"\"Return the arguments that send a form, a text, bytes or JSON.\"\"\"
    if not data:
        return {} if json is None else {\"json\": json}
    if hasattr(data, \"read\"):
        data = data.read()
    if isinstance(data, (str, bytes)):
        return {\"content\": data}
    form = {}
    for name, values in data.items() if hasattr(data, \"items\") else data:
        is_one = isinstance(values, (str, bytes)) or not hasattr(values, \"__iter__\")
        for value in [values] if is_one else values:
            if value is not None:
                text = value.decode() if isinstance(value, bytes) else str(value)
                form.setdefault(name, []).append(text)
    return {\"data\": form}
",
    annotated: None,
};
