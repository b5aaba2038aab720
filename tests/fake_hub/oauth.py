"""The tests' Hub: signing in with Hugging Face, as OpenID Connect has it, with a real redirect."""

import secrets
import time
from urllib.parse import urlencode

from joserfc import jwk, jwt
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.fake_hub.answers import Refused, base, store
from tests.fake_hub.repos import Account

CLIENT_ID, CLIENT_SECRET = "reprojection-heads-tests", "no-secret"
_KEY = jwk.RSAKey.generate_key(2048, {"kid": "tests"})
_codes: dict[str, dict[str, str]] = {}


async def configuration(request: Request) -> Response:
    at = base(request)
    return JSONResponse(
        {
            "issuer": at,
            "authorization_endpoint": f"{at}/oauth/authorize",
            "token_endpoint": f"{at}/oauth/token",
            "userinfo_endpoint": f"{at}/oauth/userinfo",
            "jwks_uri": f"{at}/oauth/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }
    )


async def authorize(request: Request) -> Response:
    """Back to the app at once: whoever asks is signed in as `hub.sign_in_as` has it."""
    query, code = dict(request.query_params), secrets.token_hex(8)
    _codes[code] = query | {"user": store(request).oauth_user}
    mark = "&" if "?" in query["redirect_uri"] else "?"
    back = urlencode({"code": code, "state": query["state"]})
    return RedirectResponse(f"{query['redirect_uri']}{mark}{back}", 302)


async def token(request: Request) -> Response:
    asked = _codes.pop(str((await request.form()).get("code")), None)
    if asked is None:
        raise Refused(400, "invalid_grant")
    scopes, user, at, now = asked["scope"].split(), asked["user"], base(request), int(time.time())
    given = store(request).add_token(Account(user, frozenset(scopes), app=asked["client_id"]))
    claims = {"iss": at, "sub": user, "aud": asked["client_id"], "iat": now, "exp": now + 600}
    claims |= {"nonce": asked.get("nonce"), "name": user, "preferred_username": user}
    claims |= {"profile": f"{at}/{user}", "picture": f"{at}/{user}.png"}
    signed = jwt.encode({"alg": "RS256", "kid": "tests"}, claims, _KEY)
    answer = {"access_token": given, "token_type": "bearer", "expires_in": 28800, "scope": asked["scope"]}
    return JSONResponse(answer | {"id_token": signed})


async def userinfo(request: Request) -> Response:
    user = store(request).oauth_user
    return JSONResponse({"sub": user, "name": user, "preferred_username": user})


async def jwks(request: Request) -> Response:
    return JSONResponse({"keys": [_KEY.as_dict(private=False)]})


ROUTES = [
    Route("/.well-known/openid-configuration", configuration),
    Route("/oauth/authorize", authorize),
    Route("/oauth/token", token, methods=["POST"]),
    Route("/oauth/userinfo", userinfo),
    Route("/oauth/jwks", jwks),
]
