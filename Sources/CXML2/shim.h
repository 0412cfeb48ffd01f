// Debian builds libxml2 with ICU. Its ICU headers conflict with the ICU module of Foundation, so the ICU part of
// libxml2's headers is left out. aprity does not use it.
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
#include <libxml/SAX2.h>
