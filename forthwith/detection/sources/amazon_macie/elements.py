"""What Macie's managed data identifiers mean in our element codes."""

from collections.abc import Iterable

EXACT = {
    "NAME": "name", "ADDRESS": "contact", "PHONE_NUMBER": "contact", "EMAIL_ADDRESS": "contact",
    "DATE_OF_BIRTH": "dob", "USA_SOCIAL_SECURITY_NUMBER": "ssn", "CREDIT_CARD_NUMBER": "payment_card",
    "CREDIT_CARD_NUMBER_(NO_KEYWORD)": "payment_card", "CREDIT_CARD_SECURITY_CODE": "fin_access_code",
    "BANK_ACCOUNT_NUMBER": "bank_account", "LATITUDE_LONGITUDE": "location", "VEHICLE_IDENTIFICATION_NUMBER":
    "other_identifier", "AWS_CREDENTIALS": "security_token", "OPENSSH_PRIVATE_KEY": "private_key",
    "PGP_PRIVATE_KEY": "private_key", "PKCS": "private_key", "PUTTY_PRIVATE_KEY": "private_key",
    "HTTP_BASIC_AUTH_HEADER": "online_credentials", "MEDICAL_DEVICE_UDI": "medical",
    "USA_MEDICARE_BENEFICIARY_IDENTIFIER": "health_insurance", "USA_HEALTH_INSURANCE_CLAIM_NUMBER":
    "health_insurance", "USA_NATIONAL_PROVIDER_IDENTIFIER": "gov_id_other", "USA_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER":
    "tax_id",
}  # fmt: skip
ENDINGS = (
    ("_DRIVERS_LICENSE", "drivers_license"), ("DRIVERS_LICENSE", "drivers_license"), ("_PASSPORT_NUMBER", "passport"),
    ("_BANK_ACCOUNT_NUMBER", "bank_account"), ("_TAX_IDENTIFICATION_NUMBER", "tax_id"),
    ("_HEALTH_INSURANCE_NUMBER", "health_insurance"), ("_HEALTH_NUMBER", "medical_id"), ("_NHS_NUMBER", "medical_id"),
    ("_NATIONAL_IDENTIFICATION_NUMBER", "gov_id_other"), ("_SOCIAL_SECURITY_NUMBER", "gov_id_other"),
    ("_NATIONAL_INSURANCE_NUMBER", "gov_id_other"), ("_SOCIAL_INSURANCE_NUMBER", "gov_id_other"),
)  # fmt: skip


def elements_of(identifiers: Iterable[str]) -> list[str]:
    """Return the element codes of Macie's identifiers, sorted; those that it does not know are left out."""
    return sorted({found for name in identifiers if (found := _element(name))})


def _element(name: str) -> str:
    return EXACT.get(name) or next((code for ending, code in ENDINGS if name.endswith(ending)), "")
