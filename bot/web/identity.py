"""Who is asking: one signed cookie; pictures signed for the one who uploaded them; the access token."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeSerializer

from core.domain.command import StoredPicture
from core.domain.names import BlobId, PersonId
from core.errors import NotFoundError

YEAR = 365 * 24 * 3600


@dataclass(frozen=True, kw_only=True, slots=True)
class Keys:
    """Signs with one secret, a salt for each purpose. `token` is the access token, or None where none is needed."""

    secret: bytes
    token: str | None = None

    @property
    def cookie(self) -> str:
        """The cookie's name; two installations on one host do not take each other's."""
        return f"restyle-{hashlib.sha256(self.secret).hexdigest()[:8]}"

    @property
    def access_cookie(self) -> str:
        return f"{self.cookie}-access"

    def new_person(self) -> PersonId:
        return PersonId(f"web:{secrets.token_hex(12)}")

    def sign_person(self, person: PersonId) -> str:
        return str(self._signer("person").dumps(person))

    def read_person(self, signed: str | None) -> PersonId | None:
        """The person of a cookie, or None where there is none or somebody made it up."""
        try:
            return PersonId(str(self._signer("person").loads(signed))) if signed else None
        except BadSignature:
            return None

    def sign_picture(self, person: PersonId, picture: StoredPicture) -> str:
        """A ticket that lets this person, and nobody else, use this picture; good across restarts."""
        fields = [person, picture.blob, picture.width, picture.height, picture.transparency]
        return str(self._signer("picture").dumps(fields))

    def read_picture(self, person: PersonId, ticket: str) -> StoredPicture:
        """Raises NotFoundError for a ticket of somebody else's, or none at all."""
        try:
            owner, blob, width, height, transparency = self._signer("picture").loads(ticket)
        except (BadSignature, ValueError, TypeError) as error:
            raise NotFoundError("picture") from error
        if owner != person:
            raise NotFoundError("picture")
        mask = BlobId(transparency) if transparency else None
        return StoredPicture(blob=BlobId(blob), width=width, height=height, transparency=mask)

    def sign_mask(self, person: PersonId, mask: BlobId) -> str:
        """A ticket that lets this person use this mask."""
        return str(self._signer("mask").dumps([person, mask]))

    def read_mask(self, person: PersonId, ticket: str) -> BlobId:
        """Raises NotFoundError for a ticket of somebody else's, or none at all."""
        try:
            owner, mask = self._signer("mask").loads(ticket)
        except (BadSignature, ValueError, TypeError) as error:
            raise NotFoundError("picture") from error
        if owner != person:
            raise NotFoundError("picture")
        return BlobId(mask)

    def knows_token(self, given: str | None) -> bool:
        """Compared in constant time."""
        return self.token is not None and hmac.compare_digest((given or "").encode(), self.token.encode())

    def access_pass(self) -> str:
        """What the access cookie holds: made from the token, so that a new token shuts everybody out."""
        return hmac.new(self.secret, b"access:" + (self.token or "").encode(), hashlib.sha256).hexdigest()

    def has_access(self, access_cookie: str | None) -> bool:
        return hmac.compare_digest((access_cookie or "").encode(), self.access_pass().encode())

    def _signer(self, purpose: str) -> URLSafeSerializer:
        return URLSafeSerializer(self.secret, salt=f"restyle.{purpose}")
