"""What OpenAPI says about an address that takes a form with pictures, which is read by hand here."""

FILE = {"type": "string", "format": "binary"}
FORM = {
    "type": "object",
    "required": ["photograph"],
    "properties": {
        "photograph": {**FILE, "description": "PNG, JPEG, WebP, TIFF or BMP."},
        "box": {"type": "string", "description": "x,y,width,height in pixels, or in per cents such as 10%."},
        "marks": {
            **FILE,
            "description": "Transparent PNG of its size: white is foreground, black background, grey unknown.",
        },
        "trimap": {**FILE, "description": "Black, grey and white picture; in the place of a box."},
    },
}
REFUSALS = {
    400: "Something is wrong with what was sent.",
    403: "It comes from the page of another server, or without the token.",
    408: "The upload took too long.",
    413: "The upload is too large.",
    503: "Too many are in line, or the photograph took too much.",
}


def described(*pictures):
    """Return the arguments of a FastAPI route that takes the form and answers with pictures.

    Args:
        *pictures: str, their names.

    Returns:
        Dict.
    """
    answer = {
        "type": "object",
        "properties": {
            **{
                name: {"type": "string", "format": "byte", "description": "PNG in base64."} for name in pictures
            },
            "notes": {"type": "array", "items": {"type": "string"}, "description": "What was changed."},
        },
    }
    refusal = {"type": "object", "properties": {"detail": {"type": "string", "description": "What was wrong."}}}
    responses = {
        status: {"description": description, "content": {"application/json": {"schema": refusal}}}
        for status, description in REFUSALS.items()
    }
    responses[200] = {"description": "The pictures.", "content": {"application/json": {"schema": answer}}}
    body = {"required": True, "content": {"multipart/form-data": {"schema": FORM}}}
    return {"responses": responses, "openapi_extra": {"requestBody": body}}
