# Puts the files of the HTML pages into the library: a source in which the assembler includes them.
#   rackproof_embed_html(OUTPUT PAGE page.html STYLE page.css SCRIPTS a.js ...  # of both pages
#     REPORT_SCRIPTS b.js ... COMPARISON_SCRIPTS c.js ... LICENCES ...)
# Licences are only embedded with ECHARTS, which npm puts into html/node_modules (scripts/setup);
# without, the program says so when it is asked for an HTML report.

function(rackproof_embed_html output)
  cmake_parse_arguments(PARSE_ARGV 1 html "" "PAGE;STYLE;ECHARTS"
    "SCRIPTS;REPORT_SCRIPTS;COMPARISON_SCRIPTS;LICENCES")
  set(embedded_assembly "")
  set(embedded_declarations "")
  set(count 0)
  set(files "")

  # Sets RESULT in the caller to the expression that gives the text of the file.
  macro(embed file result)
    get_filename_component(path ${file} ABSOLUTE)
    list(APPEND files ${path})
    set(symbol "rackproof_html_${count}")
    math(EXPR count "${count} + 1")
    string(APPEND embedded_assembly
      "asm(\".pushsection .rodata\\n\"\n"
      "    \".balign 8\\n\"\n"
      "    \".hidden ${symbol}\\n.globl ${symbol}\\n${symbol}:\\n\"\n"
      "    \".incbin \\\"${path}\\\"\\n\"\n"
      "    \"${symbol}_end:\\n.balign 8\\n\"\n"
      "    \".hidden ${symbol}_size\\n.globl ${symbol}_size\\n\"\n"
      "    \"${symbol}_size: .quad ${symbol}_end - ${symbol}\\n\"\n"
      "    \".popsection\\n\");\n")
    string(APPEND embedded_declarations
      "extern const char ${symbol}[];\nextern const std::uint64_t ${symbol}_size;\n")
    set(${result} "embedded(${symbol}, ${symbol}_size)")
  endmacro()

  macro(embed_list list_of_files result)
    set(${result} "")
    foreach(file ${list_of_files})
      embed(${file} text)
      get_filename_component(folder ${file} DIRECTORY)
      get_filename_component(folder ${folder} NAME)
      get_filename_component(name ${file} NAME)
      string(APPEND ${result} "\n        HtmlAsset{\"${folder}/${name}\", ${text}},")
    endforeach()
  endmacro()

  embed(${html_PAGE} embedded_page)
  embed(${html_STYLE} embedded_style)
  embed_list("${html_SCRIPTS}" embedded_scripts)
  embed_list("${html_REPORT_SCRIPTS}" embedded_report_scripts)
  embed_list("${html_COMPARISON_SCRIPTS}" embedded_comparison_scripts)
  if(html_ECHARTS)
    embed(${html_ECHARTS} script)
    embed_list("${html_LICENCES}" licences)
    set(embedded_echarts
      "    static const std::array kLicences{${licences}};\n    return Echarts{${script}, kLicences};\n")
  else()
    set(embedded_echarts "    return std::nullopt;\n")
  endif()
  configure_file(${CMAKE_CURRENT_SOURCE_DIR}/html/assets.cpp.in ${output} @ONLY)
  set_source_files_properties(${output} PROPERTIES
    OBJECT_DEPENDS "${files}" SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()
