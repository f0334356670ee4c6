"""Which names stand for personal data or secrets, and which functions take the person out of them."""

from __future__ import annotations

from functools import lru_cache

from harness.checks.config.secrets.words import words_of

__all__ = ["is_body", "is_masking", "is_personal", "is_whole_person"]

# One value that identifies a person or opens an account.
_NOUNS = frozenset(
    "email emails mail mails phone telephone mobile msisdn fax ssn password passwd pwd passphrase "
    "passcode secret token jwt otp cvv cvc cvv2 iban bic pan passport dob birthday birthdate birthplace "
    "surname lastname firstname fullname authorization cookie cookies credentials credential creds bearer "
    "apikey taxid nationalid salary diagnosis diagnoses cardnumber holder cardholder maidenname".split()
)
_PAIRS = frozenset(
    "first_name last_name full_name given_name family_name real_name card_number card_holder credit_card "
    "debit_card account_number bank_account social_security security_number tax_number tax_id national_id "
    "passport_number licence_number license_number date_birth birth_date email_address mail_address "
    "phone_number mobile_number home_address postal_address street_address billing_address "
    "shipping_address api_key access_key private_key secret_key signing_key encryption_key recovery_code "
    "verification_code reset_link magic_link card_last last_four card_digits pin_code id_number "
    "medical_record health_record two_factor".split()
)
# What may follow without changing what it is.
_NEUTRAL = frozenset("value val raw plain text string str input new old current 1 2 field".split())
# Before a noun these say that it is something else: a kind, a state, a technical thing.
_OTHER = frozenset(
    "csrf xsrf next prev page continuation cancel cancellation cursor has is no hashed hash hide hidden "
    "masked redacted encrypted invalid missing verify verified validate reset send sent on eos bos pad "
    "max min total prompt completion confirm forgot forgotten change changed update num count stop "
    "special idempotency public parse lex token_type async shutdown abort fingerprint anonymous "
    "obfuscated without wrong expired empty".split()
)
_WHOLE = frozenset(
    "user users customer customers patient patients member members employee employees profile profiles "
    "contact contacts person persons people subscriber subscribers guest applicant candidate student "
    "driver passenger claims headers cookies credentials cardholder beneficiary respondent signup "
    "registration".split()
)
_WHOLE_BEFORE = frozenset(
    "current new old the this my db auth logged found saved created updated existing req".split()
)
_MASKS = frozenset(
    "mask masked redact redacted hash hashed obfuscate anonymize anonymise anonymized scrub sanitize "
    "sanitise pseudonymize pseudonymise encrypt sha256 sha1 sha512 md5 hmac digest hexdigest fingerprint "
    "omit pick safe truncate last4 length len count bool boolean isset empty typeof type hide hidden "
    "strip_sensitive filtered censor partial domain abbreviate compare has keys fields".split()
)


@lru_cache(maxsize=4096)
def is_personal(name: str) -> bool:
    """Say whether what has this name is one value that should not be read by whoever reads a log."""
    words = list(words_of(name))
    while len(words) > 1 and words[-1] in _NEUTRAL:
        words.pop()
    if not words or any(word in _OTHER for word in words[:-1]):
        return False
    if words[-1] in _NOUNS or "".join(words) in _NOUNS:
        return True
    return "_".join(words[-2:]) in _PAIRS or "_".join(words[-3:-1]) == "card_last"


@lru_cache(maxsize=4096)
def is_whole_person(name: str) -> bool:
    """Say whether what has this name is a record of a person, or of all that a request brought."""
    words = words_of(name)
    if not words or words[-1] not in _WHOLE:
        return False
    return len(words) == 1 or all(word in _WHOLE_BEFORE for word in words[:-1])


def is_body(name: str) -> bool:
    """Say whether a part of a request is all that the caller sent."""
    return name in {
        "body",
        "rawBody",
        "headers",
        "rawHeaders",
        "cookies",
        "data",
        "POST",
        "form",
        "payload",
        "json",
    }


@lru_cache(maxsize=4096)
def is_masking(name: str) -> bool:
    """Say whether a function gives back something harmless: a mask, a hash, a length, a choice of fields."""
    return any(word in _MASKS for word in words_of(name)) or name.lower() in _MASKS
