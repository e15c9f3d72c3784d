from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10  # for the head of a request, which uvicorn waits for as long as it takes
# For the rest of it: upload, line, computation and answer have limits of their own, with sentences. This is the
# end of all patience.
REQUEST_SECONDS = 1800


class LimitedProtocol(H11Protocol):
    """uvicorn's HTTP, which hangs up on whoever takes too long; for `uvicorn.Config(http=LimitedProtocol)`."""

    _limit = None

    def connection_made(self, transport):
        super().connection_made(transport)
        self._hang_up_after(HEAD_SECONDS)

    def handle_events(self):
        before = self.cycle
        super().handle_events()
        if self.cycle is not before:  # the head was read
            self._hang_up_after(REQUEST_SECONDS)

    def on_response_complete(self):
        self._hang_up_after(HEAD_SECONDS)
        super().on_response_complete()  # the next request may be there already

    def connection_lost(self, exc):
        self._limit.cancel()
        super().connection_lost(exc)

    def _hang_up_after(self, seconds):
        if self._limit is not None:
            self._limit.cancel()
        # Not close(), which would wait until what was answered is read.
        self._limit = self.loop.call_later(seconds, self.transport.abort)
