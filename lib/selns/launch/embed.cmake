# Writes OUTPUT, C++ source that defines one string for each file of INPUTS, named by the file.
set(SOURCE "#include \"selns/launch/templates.hpp\"\n\nnamespace selns::launch::templates {\n")
foreach(INPUT IN LISTS INPUTS)
  get_filename_component(NAME ${INPUT} NAME_WE)
  file(READ ${INPUT} TEXT)
  string(APPEND SOURCE "const std::string_view ${NAME} = R\"selns(${TEXT})selns\";\n")
endforeach()
string(APPEND SOURCE "} // namespace selns::launch::templates\n")
file(WRITE ${OUTPUT} "${SOURCE}")
