# Khẩn cấp.
emergencies-title = Khẩn cấp
emergencies-lead = Thông báo khẩn cấp phát ngay, chen ngang mọi bản tin, kể cả giờ yên lặng.
emergencies-order = Phát khẩn cấp
emergencies-order-lead = Chạm một bản tin, gõ mã PIN, bấm “{ emergencies-sound-now }”. Mọi thứ khác đã chọn sẵn và sửa được ngay tại đây.
emergencies-none = Chưa có thông báo khẩn cấp nào. Khi có lũ, cháy hay việc gấp khác, ở đây thấy từng thôn đã nhận, đang phát hay đã phát xong.
emergencies-no-bulletins = Chưa có bản tin nào được duyệt còn hạn. Hãy soạn bản tin và nhờ cán bộ khác duyệt.
emergencies-what = Phát gì
emergencies-bulletin = Bản tin
emergencies-where = Phát ở đâu
emergencies-how = Phát thế nào
emergencies-others = Bản tin khác ({ $count })
emergencies-gap-of = nghỉ { $span }
emergencies-at-most = tối đa { $span }
emergencies-repeats = Số lần
emergencies-times = { $times } lần
emergencies-until-stopped = Đến khi dừng
emergencies-gap = Nghỉ giữa hai lần
emergencies-seconds = { $seconds } giây
emergencies-minutes = { $minutes } phút
emergencies-hours = { $hours } giờ
emergencies-holds-at-most = Thời gian hiệu lực tối đa
emergencies-expires = Hết hiệu lực
emergencies-why = Lý do
emergencies-why-hint = Ngắn gọn, ví dụ: lũ ống ở suối Tòng Xành. Để trống thì nhật ký ghi tên bản tin.
emergencies-drill = Đây là diễn tập
emergencies-drill-tag = DIỄN TẬP
emergencies-drill-hint = Loa vẫn phát thật. Nhật ký ghi đây là diễn tập.
emergencies-look = Xem thôn nào sẽ nghe
emergencies-will-sound = Sẽ phát NGAY, kể cả trong giờ yên lặng, tại { $villages } thôn.
emergencies-silent = Chưa có trạm nên sẽ không nghe được: { $villages }
emergencies-closed = Đã ngừng dùng nên sẽ không phát: { $villages }
emergencies-more = và { $count } nơi nữa
emergencies-count = { $progress ->
    [stopped] Dừng tại máy
    [ended] Không phát được
    [cancelled] Dừng vì lệnh hủy
    [not_held] Chưa nhận được
    [fetching] Đang tải bản ghi
    [not_enrolled] Chưa cài máy
    [ready] Sẵn sàng
    [on_air] Đang phát
   *[heard] Đã phát
}: { $count }
emergencies-elsewhere = Số liệu tính mọi trạm; danh sách chỉ có các trạm trong địa bàn của bạn.
emergencies-pin = Mã PIN của bạn
emergencies-pin-needed = Bạn chưa có mã PIN. Hãy đặt ngay tại đây; những gì đã chọn vẫn được giữ.
emergencies-sound-now = PHÁT NGAY
emergencies-ordered-by = Người ra lệnh
emergencies-holds = Đang có hiệu lực đến { $until }
emergencies-expired = Hết hiệu lực lúc { $at }
emergencies-cancelled = { $by } đã hủy lúc { $at }
emergencies-cancelled-restored = Đã hủy lúc { $at }, khi máy chủ được khôi phục từ bản sao lưu
emergencies-cancel = Hủy thông báo khẩn cấp
emergencies-cancel-hint = Loa ở mọi thôn sẽ dừng ngay khi nhận được lệnh hủy. Trạm đang mất kết nối sẽ dừng khi có mạng lại, hoặc khi hết hiệu lực.
emergencies-cancel-everywhere = Hủy ở mọi nơi
emergencies-stations = Ở từng thôn
emergencies-no-stations = Không có trạm nào ở nơi phát.
emergencies-not-held = Chưa nhận được
emergencies-fetching = Đã nhận, đang tải bản ghi
emergencies-ended = Dừng vì lệnh hủy, chưa phát
emergencies-ended-after = Dừng vì lệnh hủy, sau { $at }
emergencies-ready = Đã nhận, sẵn sàng
emergencies-on-air = Đang phát lần { $number }
emergencies-heard = Đã phát { $heard } lần
emergencies-heard-of = Đã phát { $heard } trên { $of } lần
emergencies-stopped = Người tại máy đã bấm DỪNG, sau { $heard } lần phát
emergencies-cancel-not-there = Chưa nhận được lệnh hủy
emergencies-made-at = Cập nhật lúc { $at }.
emergencies-look-again = Tải lại
emergencies-standbys = Đặt sẵn tại trạm
emergencies-standbys-lead = Bản ghi nằm sẵn trong máy ở thôn. Khi mất liên lạc với máy chủ, người có mã PIN bấm KHẨN CẤP trên máy ấy để phát ngay.
emergencies-standbys-none = Chưa có thông báo nào được đặt sẵn. Bấm “Phát khẩn cấp”, chọn bản tin và nơi phát, rồi bấm “Đặt sẵn tại trạm”.
emergencies-standby-when = Khi nào dùng
emergencies-standby-set = { $by } đặt lúc { $at }
emergencies-standby-ready = Đã sẵn sàng: { $villages }
emergencies-standby-lacking = Chưa sẵn sàng: { $villages }
emergencies-standby-nobody = Chưa ai có mã PIN để phát tại trạm: { $villages }
emergencies-standby-take-back = Bỏ đặt sẵn
emergencies-standby-take-back-ends = Máy của trạm dừng phát khi nhận được chương trình mới; máy mất mạng phải dừng bằng nút DỪNG ở máy. Sau đó không thôn nào phát được thông báo này từ máy.
emergencies-standby-take-back-hint = Sau đó máy của thôn không phát được thông báo này khi mất liên lạc với máy chủ.
emergencies-standby-set-up = Đặt sẵn tại trạm
emergencies-standby-set-up-hint = Chưa phát bây giờ. Cần ghi lý do ở trên: nhờ đó người trực máy biết khi nào dùng.
emergencies-at-pcs = Đã ra lệnh tại trạm
emergencies-at-pcs-none = Chưa ai ra lệnh phát khẩn cấp tại máy của trạm.
emergencies-at-pc-unknown-time = trạm chưa biết giờ, máy chủ nhận tin lúc { $at }
emergencies-at-pc-no-word = Trạm chưa báo kết quả

notice-emergency-ordered = Đã ra lệnh phát khẩn cấp.
notice-standby-set-up = Đã đặt sẵn. Các trạm tải bản ghi về ngay khi có mạng.
notice-standby-taken-back = Đã bỏ đặt sẵn. Máy nào đang phát thông báo này sẽ dừng khi nhận được chương trình mới; máy mất mạng phải dừng bằng nút DỪNG ở máy.
notice-emergency-cancelled = Đã hủy thông báo khẩn cấp.

error-emergency-needs-bulletin = Chưa chọn bản tin
    .advice = Hãy chọn một bản tin đã duyệt để phát khẩn cấp.
error-emergency-needs-area = Chưa chọn nơi phát
    .advice = Hãy chọn ít nhất một thôn, hoặc cả xã.
error-emergency-part-and-whole = Đã chọn cả “{ $whole }” lẫn “{ $part }” nằm trong đó
    .advice = CHƯA có gì được phát. Muốn phát cả “{ $whole }” thì bỏ chọn “{ $part }”; chỉ muốn phát ở “{ $part }” thì bỏ chọn “{ $whole }”.
error-emergency-needs-reason = Thiếu lý do
    .advice = Hãy ghi ngắn gọn vì sao phát khẩn cấp, nhiều nhất { $most } ký tự.
error-emergency-repeats = Số lần phát không hợp lệ
    .advice = Hãy chọn từ 1 đến { $most } lần, hoặc “đến khi dừng”.
error-emergency-gap = Khoảng nghỉ giữa hai lần không hợp lệ
    .advice = Hãy chọn từ 5 giây đến 10 phút.
error-emergency-holds = Thời gian hiệu lực không hợp lệ
    .advice = Hãy chọn từ 1 phút đến 24 giờ.
error-emergency-bulletin-not-approved = Bản tin chưa được duyệt hoặc đã thu hồi
    .advice = Chưa có gì được phát. Hãy chọn bản tin đã duyệt khác.
error-emergency-bulletin-expired = Bản tin “{ $title }” đã hết hạn
    .advice = Chưa có gì được phát. Hãy chọn bản tin khác, hoặc soạn bản tin với hạn mới.
error-emergency-area-closed = Địa bàn “{ $name }” đã ngừng dùng
    .advice = Chưa có gì được phát. Hãy bỏ chọn địa bàn này.
error-emergency-no-station = Ở nơi đã chọn chưa có trạm nào
    .advice = Chưa có gì được phát, vì không có máy nào ở đó. Hãy chọn nơi khác, hoặc báo tin bằng cách khác.
error-emergency-form-changed = Mẫu này đã ra lệnh một thông báo khẩn cấp khác
    .advice = Lần này CHƯA có gì được phát thêm. Hãy xem lại rồi nhập mã PIN lần nữa để phát; nếu gửi bằng chương trình, hãy dùng request_key khác.
error-emergency-not-seen = Nơi phát vừa được chọn lại
    .advice = CHƯA có gì được phát. Hãy xem ở dưới thôn nào sẽ nghe, gõ mã PIN rồi bấm “{ emergencies-sound-now }”.
error-emergency-form-over = Thông báo khẩn cấp của mẫu này đã bị hủy hoặc hết hiệu lực
    .advice = Lần này CHƯA có gì được phát. Hãy xem lại rồi nhập mã PIN lần nữa để phát; nếu gửi bằng chương trình, hãy dùng request_key khác.
error-emergency-over = Thông báo khẩn cấp này đã hết hiệu lực
    .advice = Loa không còn phát nữa, nên không cần hủy.

audit-verb-standby-set-up = Đặt sẵn thông báo khẩn cấp
audit-verb-standby-take-back = Bỏ đặt sẵn thông báo khẩn cấp
audit-verb-emergency-order = Ra lệnh phát khẩn cấp
audit-verb-emergency-cancel = Hủy thông báo khẩn cấp
audit-detail-drill = Diễn tập
