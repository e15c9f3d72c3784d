"""Who may use the page when other computers reach it: whoever has the token."""

import secrets

from keras_indexnet.errors import IndexNetError

COOKIE = "indexnet_token"
NO_TOKEN = "The page is for those who have its token: open the whole address that indexnet serve printed."


class TokenMiddleware:
    """Answers only requests that carry a token.

    It may be in the address (`?token=`), in the cookie that is set then, which the page's own requests carry,
    or in the header `Authorization: Bearer TOKEN`, for programs.

    Args:
        app: ASGI application.
        token: str.
    """

    def __init__(self, app, token):
        if not token:
            raise IndexNetError("A token is a string that nobody guesses, not an empty one.")
        self._app = app
        self._token = token

    async def __call__(self, scope, receive, send):
        from starlette.requests import HTTPConnection
        from starlette.responses import JSONResponse, PlainTextResponse

        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        request = HTTPConnection(scope)
        in_address = self._is_token(request.query_params.get("token", ""))
        in_cookie = self._is_token(request.cookies.get(COOKIE, ""))
        in_header = self._is_token(request.headers.get("authorization", "").removeprefix("Bearer "))
        if not (in_address or in_cookie or in_header):
            if scope.get("method") == "GET":  # for a person, in the browser
                refusal = PlainTextResponse(NO_TOKEN, 403)
            else:
                refusal = JSONResponse({"detail": NO_TOKEN}, 403)
            return await refusal(scope, receive, send)

        async def send_with_cookie(message):
            if message["type"] == "http.response.start" and in_address:
                cookie = f"{COOKIE}={self._token}; Path=/; HttpOnly; SameSite=Strict"
                message = {**message, "headers": [*message["headers"], (b"set-cookie", cookie.encode())]}
            await send(message)

        return await self._app(scope, receive, send_with_cookie)

    def _is_token(self, given):
        return secrets.compare_digest(given.encode(), self._token.encode())
