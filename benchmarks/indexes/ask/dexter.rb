# Starts dexter from its source where only an older pg_query is there: the parser named the text of
# a name "str" before it named it "sval", and without this dexter would see no column at all.
require "dexter"

module OldNames
  def find_columns(plan)
    super.each do |column|
      name = column["fields"].last["String"]
      name["sval"] ||= name["str"] if name
    end
  end
end

Dexter::ColumnResolver.prepend(OldNames)
Dexter::Client.start
